torchrun --nproc-per-node 4 -m vibench train bearing.yaml trainer.args.devices=4
