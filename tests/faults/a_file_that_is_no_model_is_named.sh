#!/bin/sh
# faults: F22b
# What is given as a model and is none is named by its first bytes, with what to do.
. "$(dirname "$0")/lib.sh"
# is "PATTERN" FILE "what"
is() {
    expect 4 "$3" "$molglot" embed -m "$2" CCO
    has "$tmp/err" "$1" "$3 is named"
    expect 4 "$3, import" "$molglot" import "$2" --vocab /dev/null -o "$tmp/no"
}
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12345\n' >"$tmp/lfs.safetensors"; is "a Git LFS pointer: the weights were not downloaded" "$tmp/lfs.safetensors" "a Git LFS pointer"
printf '<!DOCTYPE html><html><head><title>Google Drive</title>' >"$tmp/page.pt"; is "an HTML page" "$tmp/page.pt" "an HTML page"
printf 'GGUF\3\0\0\0\0\0\0\0\0\0\0\0' >"$tmp/m.gguf"; is "a GGUF file" "$tmp/m.gguf" "GGUF"
printf '\211HDF\r\n\032\n\0\0\0\0\0\0\0\0' >"$tmp/m.h5"; is "an HDF5 file" "$tmp/m.h5" "HDF5"
printf 'PK\003\004\024\0\0\0\0\0abcdefghijklmnopqrstuvwxyz' >"$tmp/m.zip"; is "zip" "$tmp/m.zip" "another zip"
printf '\010\007\022\007pytorch\032\0052.0.1' >"$tmp/m.onnx"; is "ONNX" "$tmp/m.onnx" "ONNX"
printf '\010\001\022\377\001\022\012' >"$tmp/m.pb"; is "TensorFlow SavedModel" "$tmp/m.pb" "a SavedModel"
printf '\034\0\0\0TFL3\0\0\0\0\0\0\0\0' >"$tmp/m.tflite"; is "TensorFlow Lite" "$tmp/m.tflite" "TFLite"
printf '\037\213\010\0\0\0\0\0\0\003' >"$tmp/m.gz"; is "gzip: unpack it first" "$tmp/m.gz" "gzip"
printf '\223NUMPY\001\0v\0' >"$tmp/m.npy"; is "a NumPy array" "$tmp/m.npy" "NPY"
printf '{"architectures": ["BertModel"]}' >"$tmp/config.json"; is "JSON, and no index of shards" "$tmp/config.json" "a config"
printf '\200\004\225\002\0\0\0\0\0\0\0}\224.' >"$tmp/m.pkl"; is "a Python pickle" "$tmp/m.pkl" "a pickle"
printf 'just text\n' >"$tmp/m.txt"; is "a text file" "$tmp/m.txt" "text"
: >"$tmp/empty"; is "an? empty file" "$tmp/empty" "an empty file"
finish
