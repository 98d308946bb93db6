pip install wandb
