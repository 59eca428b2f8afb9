-- Gives dead deliveries a new life: all attempts again, from now. Others stay as they are. With the functions
-- of `call` and `keeping`.
--
-- Reads  REPLAY_KEYS, REPLAY_ARGS, then the ids
-- Returns {id, ...}   what is waiting again

local REPLAY_KEYS = {'dead', 'lanes', 'alarmed'}
local REPLAY_ARGS = {'lives_s', 'delivery_prefix', 'due_prefix', 'event_prefix', 'deliveries_prefix', 'events_prefix'}

local call = read_args(REPLAY_ARGS, read_keys(REPLAY_KEYS))
local result = {}
for _, id in ipairs(read_rest()) do
  local key = call.delivery_prefix .. id
  local held = redis.call('HMGET', key, 'state', 'lane', 'target', 'event', 'source')
  if held[1] == 'dead' then
    redis.call('HSET', key, 'state', 'waiting', 'due', now)
    redis.call('HDEL', key, 'failures', 'pauses', 'crashes', 'losses', 'reason', 'settled', 'token')
    redis.call('ZREM', call.dead, id)
    redis.call('HDEL', call.alarmed, 'dead_letter ' .. held[3]) -- what dies from now on is news
    keep(key, call.event_prefix .. held[4], call.lives_s)
    redis.call('ZADD', call.deliveries_prefix .. held[5], 'NX', now, id)
    redis.call('ZADD', call.events_prefix .. held[5], 'NX', now, held[4])
    redis.call('ZADD', call.due_prefix .. held[2], now, id)
    redis.call('ZADD', call.lanes, 'LT', now, held[2])
    result[#result + 1] = id
  end
end
return result
