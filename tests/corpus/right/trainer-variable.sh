vibench train bearing.yaml trainer.args.num_epochs=20
