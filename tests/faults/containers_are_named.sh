#!/bin/sh
# faults: F22a U22
# A file of another kind is refused by its name with what to do; what is packed twice is read.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
# names FORMAT FILE PATTERN
names() {
    expect 4 "$1" "$molglot" depict -i "$2" -f csv
    has err "$3" "$1 is named"
    lines err 1 "$1: one line"
    lines out 0 "$1: no row"
}
printf 'BZh91AY&SY\000\000' >x.smi.bz2; names bzip2 x.smi.bz2 'bzip2.*bzcat FILE'
printf '\3757zXZ\000\000' >x.smi.xz; names xz x.smi.xz 'xz.*xzcat'
printf '\037\235\220CCO' >x.smi.Z; names compress x.smi.Z 'compress'
printf 'PK\003\004\024\000x.smiCCN amine\n' >x.zip; names zip x.zip 'zip archive.*unzip -p'
printf 'PK\003\004\024\000[Content_Types].xml xl/workbook.xml' >x.xlsx
names xlsx x.xlsx 'Excel workbook.*save as CSV UTF-8'
printf 'PK\003\004\024\000mimetypeapplication/vnd.oasis.opendocument.spreadsheet' >x.ods
names ods x.ods 'OpenDocument spreadsheet'
printf '\320\317\021\340\241\261\032\341' >x.xls; names xls x.xls 'old Excel'
printf '7z\274\257\047\034' >x.7z; names 7z x.7z '7z archive'
printf 'Rar!\032\007' >x.rar; names rar x.rar 'rar archive'
printf '\004\042\115\030' >x.lz4; names lz4 x.lz4 'lz4'
printf 'PAR1' >x.parquet; names Parquet x.parquet 'Parquet'
printf 'ARROW1' >x.feather; names Feather x.feather 'Feather'
printf '\211HDF\r\n\032\n' >x.h5; names HDF5 x.h5 'HDF5'
printf '%%PDF-1.4\n' >x.pdf; names PDF x.pdf 'PDF'
printf '\211PNG\r\n\032\n' >x.png; names PNG x.png 'PNG'
printf '\357\276\255\336' >x.pkl; names pickle x.pkl 'RDKit molecule pickle'
printf 'SQLite format 3\000' >x.db; names SQLite x.db 'SQLite'
printf '<!DOCTYPE html><html>\n' >x.smi; names HTML x.smi 'HTML page'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n' >x.csv; names LFS x.csv 'Git LFS pointer'
printf '$RDFILE 1\n' >x.rdf; names RDF x.rdf 'RDF file'
printf 'CCO a\n' >x.smi
tar -czf x.tar.gz x.smi; names "tar.gz" x.tar.gz 'tar archive'
gzip -c x.smi | gzip >x.smi.gz
expect 0 "gzip twice" "$molglot" depict -i x.smi.gz -f csv
has out '^1,a,CCO,' "gzip twice is read"
printf '3\nwater\nO 0 0 0\nH 0 0 1\nH 0 1 0\n' >x.xyz; names XYZ x.xyz 'XYZ file'
finish
