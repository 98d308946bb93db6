"""Starting the processes of a training: by torchrun, on several nodes, by SLURM."""
