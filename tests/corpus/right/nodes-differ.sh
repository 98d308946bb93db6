torchrun --nnodes=2 --nproc-per-node=2 --rdzv-backend=c10d --rdzv-endpoint=node0:29500 -m vibench train bearing.yaml trainer.args.num_nodes=2
