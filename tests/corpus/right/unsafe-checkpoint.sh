vibench train bearing.yaml --resume-from found.ckpt --trust-checkpoint
