vibench validate bearing.yaml --import
