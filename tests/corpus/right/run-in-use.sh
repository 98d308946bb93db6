vibench train bearing.yaml  # a new run, beside the one at work
