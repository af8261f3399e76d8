# The campaigns that compare with an oracle, race with the runs, or feed hostile bytes.

# The command of the stages of random pipelines; static, since most of a walk is starting it.
add_executable(campaign_mix mix.c)
target_link_libraries(campaign_mix PRIVATE restage_options restage_warnings -static)

# Preloaded: a clock that counts in steps of two seconds.
add_library(campaign_coarse SHARED shim_coarse.c)
target_link_libraries(campaign_coarse PRIVATE restage_options restage_warnings ${CMAKE_DL_LIBS})

# One a line, by promise.
restage_campaign(walk 6 walk.py "1500;20" "100000;5400")
# the short form walks the same way each time, the long one another
restage_campaign(agree 25 agree.py "90;15;1" "10000;6600")
restage_campaign(cached_walk 29 cached.py "walk;300;6;1" "walk;20000;1800")
restage_campaign(cached_agree 29 cached.py "agree;24;40;3" "agree;3000;1800")
restage_campaign(racy 8 racy.py "1000;4" "10000;900")
restage_campaign(meanwhile 9 meanwhile.py "400;10" "5000;1800")
restage_campaign(starters 11 starters.py "4;40;12" "1000;1000;3600")
restage_campaign(flood 15 flood.py "200;64;30" "10240;1024;3600")
restage_campaign(names 16 names.py "3000;12" "1000000;3600")
restage_campaign(swapper 17 swapper.py "300;8" "20000;1800")
restage_campaign(keepers 18 keepers.py "40;12" "10000;3600")
restage_campaign(fuzz 19 fuzz.py "3000;3" "1000000000;900")
set_tests_properties(campaign_fuzz PROPERTIES TIMEOUT 900 PROCESSORS 2 RESOURCE_LOCK suite)
set_tests_properties(campaign_fuzz_full PROPERTIES PROCESSORS 2 RESOURCE_LOCK suite)
restage_campaign(forge 20 forge.py "1000;12" "1000000;5400")
restage_campaign(same 21 same.py "24;12" "1000;1800")
restage_campaign(secrets_kept 23 secrets_kept.py "10;10" "1000;1800")
