torchrun --nproc-per-node 2 -m vibench train bearing.yaml trainer.args.devices=2
