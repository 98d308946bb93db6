vibench validate bearing.yaml trainer.args.num_epochs=20 '~trainer.args.patience'
