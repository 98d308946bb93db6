MASTER_PORT=29500 vibench train bearing.yaml trainer.args.devices=2
