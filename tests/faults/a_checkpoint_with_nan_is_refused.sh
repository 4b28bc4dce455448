#!/bin/sh
# faults: F20a
# A checkpoint with NaN is refused and the tensor named, at import and when a model is opened.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/checkpoint.inc"
import_of 0 "the good one" "$weights"
expect 0 "it embeds" "$molglot" embed -m "$tmp/model.safetensors" CCO "an acid"
not "$tmp/out" "nan" "its rows are numbers"
cp "$tmp/model.safetensors" "$tmp/good.safetensors"
for name in text_encoder.main_model.embeddings.word_embeddings.weight graph_proj_head.2.bias graph_encoder.batch_norms.0.running_var; do
    make "$tmp/nan.safetensors" "nan:$name"
    import_of 4 "NaN in $name" "$tmp/nan.safetensors"
    has "$tmp/err" "tensor $name holds NaN" "the tensor is named"
done
python3 - "$tmp/good.safetensors" "$tmp/spoilt.safetensors" <<'P'
import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
n = struct.unpack("<Q", data[:8])[0]
at = 8 + n + json.loads(data[8:8 + n])["graph_proj_head.2.bias"]["data_offsets"][0]
data[at:at + 4] = struct.pack("<f", float("inf"))
open(sys.argv[2], "wb").write(data)
P
expect 4 "a model with an infinite number" "$molglot" embed -m "$tmp/spoilt.safetensors" CCO
has "$tmp/err" "graph_proj_head.2.bias holds NaN or infinite" "the tensor is named when it is opened"
python3 - "$tmp/good.safetensors" "$tmp/spoilt.safetensors" <<'P'
import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
n = struct.unpack("<Q", data[:8])[0]
begin, end = json.loads(data[8:8 + n])["graph_proj_head.2.weight"]["data_offsets"]
for at in range(8 + n + begin, 8 + n + end, 4):
    data[at:at + 4] = bytes.fromhex("7f7f7fff")  # bf16: 3e38, -3e38
open(sys.argv[2], "wb").write(data)
P
expect 0 "a model that overflows" "$molglot" embed -m "$tmp/spoilt.safetensors" CCO "an acid"
not "$tmp/out" "nan|inf" "no row of it is given out as good"
has "$tmp/err" "not finite" "the row is rejected"
finish
