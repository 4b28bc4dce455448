# The CUDA backend: libmolglot_cuda.so, which src/tensor/cuda/load.c opens when a device "cuda" is asked for. Nothing links it.
# AUTO builds it where nvcc is found and the build is a plain one (sanitizers and coverage do not reach into it).
set(MG_CUDA AUTO CACHE STRING "Build libmolglot_cuda.so: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE MG_CUDA PROPERTY STRINGS AUTO ON OFF)

find_program(MG_NVCC nvcc PATHS /usr/local/cuda/bin)
if(MG_CUDA STREQUAL "ON" AND NOT MG_NVCC)
  message(FATAL_ERROR "MG_CUDA is ON, but there is no nvcc on PATH or in /usr/local/cuda/bin: install NVIDIA's CUDA toolkit (12 or newer)")
elseif(MG_CUDA STREQUAL "AUTO" AND (NOT MG_NVCC OR MG_SANITIZE OR MG_FUZZ OR MG_COVERAGE))
  message(STATUS "The CUDA backend is left out")
  return()
elseif(NOT MG_CUDA)
  return()
endif()

set(CMAKE_CUDA_COMPILER ${MG_NVCC})
set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)      # Ampere, Hopper, and PTX for what came after
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
enable_language(CUDA)
find_library(MG_CUBLASLT cublasLt REQUIRED HINTS ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} /usr/local/cuda/lib64)
get_filename_component(cuda_lib ${MG_CUBLASLT} DIRECTORY)

file(GLOB cuda_sources CONFIGURE_DEPENDS src/tensor/cuda/*.cu)
# The runtime is inside, and so are the few functions of base: the library needs the driver and cuBLASLt, and shows one symbol.
add_library(molglot_cuda SHARED ${cuda_sources} src/base/error.c src/base/arena.c src/base/machine.c src/base/hash.c src/base/str.c)
target_link_libraries(molglot_cuda PRIVATE mg_flags ${MG_CUBLASLT} OpenMP::OpenMP_C)
target_compile_options(molglot_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow>)
target_link_options(molglot_cuda PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/cuda_exports.map -Wl,-z,defs)
set_target_properties(molglot_cuda PROPERTIES CUDA_RUNTIME_LIBRARY Static LINKER_LANGUAGE CUDA
  BUILD_RPATH "$ORIGIN;/usr/local/cuda/lib64;${cuda_lib}" INSTALL_RPATH "$ORIGIN;/usr/local/cuda/lib64;${cuda_lib}")
