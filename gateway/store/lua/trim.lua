-- Takes from a source's indexes what was accepted a retention ago and is done with. What still waits is kept for
-- another retention, with its event, and stays in the indexes by the time of this. With the functions of `call` and
-- `keeping`.
--
-- Reads  TRIM_KEYS, TRIM_ARGS
-- Returns {entries that went, deliveries that were looked at}

local TRIM_KEYS = {'events', 'deliveries'}
local TRIM_ARGS = {'retention_s', 'lives_s', 'most', 'delivery_prefix', 'event_prefix'}

local call = read_args(TRIM_ARGS, read_keys(TRIM_KEYS))
local WAITS = {held = true, waiting = true, sending = true}
local before = now - call.retention_s * 1000
local ids = redis.call('ZRANGE', call.deliveries, '-inf', before, 'BYSCORE', 'LIMIT', 0, call.most)
local done = {}
for _, id in ipairs(ids) do
  local key = call.delivery_prefix .. id
  local held = redis.call('HMGET', key, 'state', 'event')
  if WAITS[held[1]] then
    keep(key, call.event_prefix .. held[2], call.lives_s)
    redis.call('ZADD', call.deliveries, now, id)
    redis.call('ZADD', call.events, now, held[2])
  else
    done[#done + 1] = id
  end
end
local gone = #done
if gone > 0 then redis.call('ZREM', call.deliveries, unpack(done)) end
if #ids < tonumber(call.most) then gone = gone + redis.call('ZREMRANGEBYSCORE', call.events, '-inf', before) end
return {gone, #ids}
