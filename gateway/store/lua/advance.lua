-- Takes looks at timers into account that made no event. With the functions of `timing`.
--
-- KEYS  for each timer: timers:<type>, timer:<id>
-- ARGV  1 seconds that a timer is remembered when it is done
--       then for each timer: id, version, next look in ms or '', time of the look in ms or '' (only move it)
-- Returns {1 or 0, ...}   0: the timer has changed since, and stays as it is

local result = {}
for i = 1, #KEYS / 2 do
  local zset, timer_key = KEYS[2 * i - 1], KEYS[2 * i]
  local id, version, next, looked = unpack(ARGV, 4 * i - 2, 4 * i + 1)
  result[i] = 0
  if redis.call('HGET', timer_key, 'version') == version then
    result[i] = 1
    if looked == '' then
      redis.call('ZADD', zset, 'XX', next, id)
    else
      advance_timer(zset, timer_key, id, next, looked, ARGV[1])
    end
  end
end
return result
