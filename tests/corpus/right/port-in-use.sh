MASTER_PORT=29501 vibench train bearing.yaml trainer.args.devices=2
