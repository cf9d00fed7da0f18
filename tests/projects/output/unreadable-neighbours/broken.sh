for gpu in 0 1; do
  python train.py "$gpu
done
