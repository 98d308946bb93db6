vibench train bearing.yaml  # a new run
