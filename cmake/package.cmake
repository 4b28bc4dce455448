# A package of Debian: `make deb`, or cpack in a build folder. One package holds program, libraries, header and model. dpkg-shlibdeps
# says what it depends on; of OpenBLAS it is the one built for OpenMP, since the others' threads fight with ours.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME molglot)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Molecules and natural language in one vector space")
set(CPACK_PACKAGE_DESCRIPTION "Molglot searches libraries of molecules by words, writes molecules for a sentence and captions for a
 molecule, explains and measures what it does. It works without a network and without Python.")
set(CPACK_PACKAGE_VENDOR "The Molglot authors")
set(CPACK_PACKAGE_CONTACT "The Molglot authors <molglot@localhost>" CACHE STRING "Maintainer of the package: name and address")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS libopenblas0-openmp)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
# Not in it: what would make everybody install Open MPI. Who has a cluster builds on it (docs/cluster.md).
file(WRITE ${CMAKE_BINARY_DIR}/package_without.cmake
  "file(GLOB_RECURSE without \"\${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/libmolglot_mpi.so\")\nif(without)\n  file(REMOVE \${without})\nendif()\n")
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_BINARY_DIR}/package_without.cmake)
include(CPack)
