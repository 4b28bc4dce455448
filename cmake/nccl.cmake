# Sums on GPUs by NCCL: libmolglot_nccl.so, which MOLGLOT_RANKS=libmolglot_nccl.so names beside --mpi (docs/cluster.md). Nothing links it,
# and no test of the tree needs it. MG_NCCL_ROOT: where include/nccl.h, include/cuda_runtime_api.h and their libraries are; several folders
# where they are apart (the wheels nvidia-nccl-cu12 and nvidia-cuda-runtime-cu12, unpacked: nvidia/nccl;nvidia/cuda_runtime).
option(MG_NCCL "Build libmolglot_nccl.so" OFF)
set(MG_NCCL_ROOT "/usr;/usr/local/cuda" CACHE STRING "Where NCCL and CUDA's runtime are: folders, apart by ;")
if(NOT MG_NCCL)
  return()
endif()
find_path(MG_NCCL_H nccl.h REQUIRED PATHS ${MG_NCCL_ROOT} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_path(MG_CUDART_H cuda_runtime_api.h REQUIRED PATHS ${MG_NCCL_ROOT} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(MG_NCCL_LIB NAMES nccl libnccl.so.2 REQUIRED PATHS ${MG_NCCL_ROOT} PATH_SUFFIXES lib lib64 lib/x86_64-linux-gnu NO_DEFAULT_PATH)
find_library(MG_CUDART_LIB NAMES cudart libcudart.so.12 libcudart.so.13 REQUIRED PATHS ${MG_NCCL_ROOT} PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH)
add_library(molglot_nccl SHARED src/base/ranks/nccl.c src/base/plugin.c)
target_include_directories(molglot_nccl SYSTEM PRIVATE ${MG_NCCL_H} ${MG_CUDART_H})
target_link_libraries(molglot_nccl PRIVATE mg_flags ${MG_NCCL_LIB} ${MG_CUDART_LIB} ${CMAKE_DL_LIBS})
target_link_options(molglot_nccl PRIVATE -Wl,-z,defs)
