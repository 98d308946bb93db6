vibench train bearing.yaml --resume
