-- Cancels one timer, and what it has gathered. With the functions of `timing`.
--
-- KEYS  1 timer:<id>
-- ARGV  1 id  2 prefix of keys timers:  3 open:<id>  4 items:<id>
-- Returns 1, or 0: there is no such timer

local type = redis.call('HGET', KEYS[1], 'type')
if not type then return 0 end
remove_timer(ARGV[2] .. type, KEYS[1], ARGV[1])
redis.call('DEL', ARGV[3], ARGV[4])
return 1
