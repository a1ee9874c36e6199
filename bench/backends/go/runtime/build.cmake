# go::go: a shared library of Go's runtime and of what stands here, as the object that has it in itself. The module
# needs nothing but Go's own library, and nothing is fetched.
find_program(GO_EXECUTABLE go)
if(GO_EXECUTABLE)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env GOTOOLCHAIN=local "${GO_EXECUTABLE}" version
                  OUTPUT_VARIABLE go_version ERROR_QUIET)
  string(REGEX MATCH "go([0-9.]+)" go_version "${go_version}")
  set(go_VERSION "${CMAKE_MATCH_1}")
endif()
if(go_VERSION VERSION_GREATER_EQUAL 1.19)
  set(go_work "${PROJECT_BINARY_DIR}/go")
  add_custom_command(
    OUTPUT "${go_work}/bookstore_go.so"
    COMMAND "${CMAKE_COMMAND}" -E env --unset=GOOS --unset=GOARCH CGO_ENABLED=1 GOENV=off GOFLAGS= GOPROXY=off
            GOTOOLCHAIN=local GOWORK=off "GOCACHE=${go_work}/cache" "GOPATH=${go_work}/path"
            "${GO_EXECUTABLE}" build -buildmode=c-shared -buildvcs=false -trimpath "-ldflags=-s -w"
            -o "${go_work}/bookstore_go.so" .
    DEPENDS "${CMAKE_CURRENT_LIST_DIR}/runtime.go" "${CMAKE_CURRENT_LIST_DIR}/wires.go"
            "${CMAKE_CURRENT_LIST_DIR}/go.mod"
            "${CMAKE_CURRENT_SOURCE_DIR}/seam/foreign.h"
    WORKING_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}"
    COMMENT "Building the Go runtime's library"
    VERBATIM)
  set_source_files_properties(backends/go/go.cpp PROPERTIES
                              OBJECT_DEPENDS "${go_work}/bookstore_go.so"
                              COMPILE_DEFINITIONS "BOOKSTORE_GO_LIBRARY=\"${go_work}/bookstore_go.so\";BOOKSTORE_GO_VERSION=\"${go_VERSION}\"")
  add_library(go::go INTERFACE IMPORTED)
endif()
