# Called by CPack on the tree that it packs: policy wants manual pages and the list of changes compressed.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
file(GLOB_RECURSE pages ${share}/man/*.[1-9])
file(COPY_FILE ${CPACK_RESTAGE_CHANGELOG} ${share}/doc/restage/changelog)
execute_process(COMMAND gzip -9nf ${pages} ${share}/doc/restage/changelog COMMAND_ERROR_IS_FATAL ANY)
