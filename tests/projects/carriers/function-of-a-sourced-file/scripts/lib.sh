launch() {
  # launch STRATEGY BITS: called by the job scripts
  accelerate launch --config_file "configs/$1.yaml" finetune.py --bits "$2" --output "out/$1-$2"
}
