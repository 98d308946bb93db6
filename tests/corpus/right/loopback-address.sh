MASTER_ADDR=node0 MASTER_PORT=29500 NODE_RANK=0 vibench train bearing.yaml trainer.args.num_nodes=2
