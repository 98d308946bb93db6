CUDA_VISIBLE_DEVICES=0,1 vibench train bearing.yaml trainer.args.accelerator=gpu trainer.args.devices=2
