# Campaigns about crashes, faults and damage, and what is preloaded in them.

# Each makes one thing of the world worse. shim_NAME.c becomes libshim_NAME.so, whose path is in the
# environment of every campaign below as SHIM_NAME.
foreach(name IN ITEMS BOOT HOLD IO MEMORY)
	string(TOLOWER ${name} lower)
	add_library(shim_${lower} MODULE shim_${lower}.c)
	target_compile_definitions(shim_${lower} PRIVATE _GNU_SOURCE)
	target_link_libraries(shim_${lower} PRIVATE restage_warnings ${CMAKE_DL_LIBS})
	list(APPEND shims "SHIM_${name}=$<TARGET_FILE:shim_${lower}>")
endforeach()

# One a line, by promise.
restage_campaign(crash_points 1 crash.py "points;--cases;100" "points;--cases;100000;--seconds;1800;--seed;0")
restage_campaign(crash_warden 1 crash.py "warden;--cases;40" "warden;--cases;100000;--seconds;900;--seed;0")
restage_campaign(crash_workers 1 crash.py "workers;--cases;20" "workers;--cases;100000;--seconds;900;--seed;0")
restage_campaign(crash_restores 29 crash.py "restores;--cases;60" "restores;--cases;100000;--seconds;900;--seed;0")
restage_campaign(crash_instants 1 crash.py "instants;--cases;100" "instants;--cases;20000;--seconds;2400;--seed;0")
restage_campaign(order 2 order.py "--cases;60" "--cases;1000;--seed;0")
restage_campaign(power 3 power.py "--cases;100" "--cases;10000;--seconds;2400;--seed;0")
restage_campaign(faults_errors 4 faults.py "errors;--cases;70" "errors;--cases;100000;--seconds;2400;--seed;0")
restage_campaign(faults_warden 4 faults.py "warden;--cases;40" "warden;--cases;100000;--seconds;1800;--seed;0")
restage_campaign(faults_interrupts 4 faults.py "interrupts;--cases;30" "interrupts;--cases;1000;--seed;0")
restage_campaign(faults_shares 4 faults.py "shares;--cases;30" "shares;--cases;1000;--seed;0")
restage_campaign(faults_disk 4 faults.py "disk;--cases;30" "disk;--cases;1000;--seed;0")
restage_campaign(memory 5 memory.py "--cases;1" "--cases;80;--seconds;1800;--seed;0")
restage_campaign(flips 10 flips.py "--cases;120" "--cases;10000;--seconds;2400;--seed;0")
