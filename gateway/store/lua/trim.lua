-- Takes from a source's indexes what was accepted a retention ago and is done with. What still waits is kept for
-- another retention, with its event, and stays in the indexes by the time of this. With the functions of `keeping`.
--
-- KEYS  1 events:<source>  2 deliveries:<source>
-- ARGV  1 retention in s  2 how long a key lives in s  3 how many deliveries are looked at
--       4 prefix of delivery keys  5 prefix of event keys
-- Returns {entries that went, deliveries that were looked at}

local WAITS = {held = true, waiting = true, sending = true}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = now - ARGV[1] * 1000
local ids = redis.call('ZRANGE', KEYS[2], '-inf', before, 'BYSCORE', 'LIMIT', 0, ARGV[3])
local done = {}
for _, id in ipairs(ids) do
  local held = redis.call('HMGET', ARGV[4] .. id, 'state', 'event')
  if WAITS[held[1]] then
    keep(ARGV[4] .. id, ARGV[5] .. held[2], ARGV[2])
    redis.call('ZADD', KEYS[2], now, id)
    redis.call('ZADD', KEYS[1], now, held[2])
  else
    done[#done + 1] = id
  end
end
local gone = #done
if gone > 0 then redis.call('ZREM', KEYS[2], unpack(done)) end
if #ids < tonumber(ARGV[3]) then gone = gone + redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', before) end
return {gone, #ids}
