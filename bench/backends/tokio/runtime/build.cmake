# tokio::tokio: an archive of Tokio and of what stands here, from the crates that the distribution has installed.
# Nothing is fetched. It is built from copies: cargo writes down the versions that it took beside what it was given,
# and every distribution has its own.
find_program(CARGO_EXECUTABLE cargo)
if(CARGO_EXECUTABLE)
  set(tokio_work "${PROJECT_BINARY_DIR}/tokio")
  file(MAKE_DIRECTORY "${tokio_work}/.cargo")
  file(CONFIGURE OUTPUT "${tokio_work}/.cargo/config.toml" @ONLY
       CONTENT "[source.crates-io]\nreplace-with = \"installed\"\n[source.installed]\ndirectory = \"/usr/share/cargo/registry\"\n")
  set(tokio_sources "${CMAKE_CURRENT_LIST_DIR}/Cargo.toml" "${CMAKE_CURRENT_LIST_DIR}/lib.rs"
      "${CMAKE_CURRENT_LIST_DIR}/wires.rs")
  set(cargo "${CMAKE_COMMAND}" -E env --unset=CARGO_BUILD_TARGET --unset=RUSTFLAGS "CARGO_HOME=${tokio_work}/home"
      "CARGO_TARGET_DIR=${tokio_work}/target" "${CARGO_EXECUTABLE}")
  file(COPY ${tokio_sources} DESTINATION "${tokio_work}/resolved")
  file(REMOVE "${tokio_work}/resolved/Cargo.lock")
  execute_process(COMMAND ${cargo} generate-lockfile --offline --quiet
                  WORKING_DIRECTORY "${tokio_work}/resolved" RESULT_VARIABLE cargo_failed OUTPUT_QUIET ERROR_QUIET)
  if(cargo_failed EQUAL 0)
    configure_file("${tokio_work}/resolved/Cargo.lock" "${tokio_work}/Cargo.lock" COPYONLY)
    file(STRINGS "${tokio_work}/Cargo.lock" tokio_VERSION)
    string(REGEX REPLACE ".*name = \"tokio\";version = \"([0-9.]+)\".*" "\\1" tokio_VERSION "${tokio_VERSION}")
    set(tokio_archive "${tokio_work}/target/release/libbookstore_tokio.a")
    add_custom_command(
      OUTPUT "${tokio_archive}"
      COMMAND "${CMAKE_COMMAND}" -E copy ${tokio_sources} "${tokio_work}"
      COMMAND ${cargo} build --release --offline --quiet
      COMMAND "${CMAKE_COMMAND}" -E touch "${tokio_archive}"
      DEPENDS ${tokio_sources} "${tokio_work}/Cargo.lock"
      WORKING_DIRECTORY "${tokio_work}"
      COMMENT "Building Tokio's archive"
      VERBATIM)
    add_custom_target(bookstore_tokio_archive DEPENDS "${tokio_archive}")
    add_library(tokio::tokio STATIC IMPORTED)
    set_target_properties(tokio::tokio PROPERTIES IMPORTED_LOCATION "${tokio_archive}")
    add_dependencies(tokio::tokio bookstore_tokio_archive)
    target_link_libraries(tokio::tokio INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
    set_source_files_properties(backends/tokio/tokio.cpp PROPERTIES
                                COMPILE_DEFINITIONS "BOOKSTORE_TOKIO_VERSION=\"${tokio_VERSION}\"")
  endif()
endif()
