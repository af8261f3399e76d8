# Removes what the last `cmake --install` of this build directory wrote, and those of its directories that are
# called after us, if nobody else has anything in them.
if(NOT EXISTS ${MANIFEST})
	message(FATAL_ERROR "there is no ${MANIFEST}: nothing was installed from this build directory")
endif()
file(STRINGS ${MANIFEST} files)
foreach(file IN LISTS files)
	message(STATUS "removing ${file}")
	file(REMOVE "${file}")
	get_filename_component(directory "${file}" DIRECTORY)
	while(directory MATCHES "/(restage|stageio)(/|$)")
		list(APPEND directories "${directory}")
		get_filename_component(directory "${directory}" DIRECTORY)
	endwhile()
endforeach()
list(REMOVE_DUPLICATES directories)
list(SORT directories ORDER DESCENDING) # what lies in a directory before the directory
execute_process(COMMAND rmdir --ignore-fail-on-non-empty ${directories} ERROR_QUIET)
