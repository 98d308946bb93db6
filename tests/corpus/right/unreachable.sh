# on the first node, called node0, and on the second
MASTER_ADDR=node0 MASTER_PORT=29500 NODE_RANK=0 vibench train bearing.yaml trainer.args.num_nodes=2
MASTER_ADDR=node0 MASTER_PORT=29500 NODE_RANK=1 vibench train bearing.yaml trainer.args.num_nodes=2
