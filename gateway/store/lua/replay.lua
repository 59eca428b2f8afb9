-- Lets dead letters wait again, due now and with all their attempts. Other deliveries stay as they are. Uses the
-- functions of `call`, `keeping` and `indexes`.
--
-- Reads  REPLAY_KEYS, REPLAY_ARGS, then the ids
-- Returns {id, ...}   those that wait again

local REPLAY_KEYS = {'dead', 'lanes', 'alarmed'}
local REPLAY_ARGS = {'delivery_prefix', 'due_prefix', 'event_prefix', 'deliveries_prefix', 'events_prefix'}

local call = read_args(REPLAY_ARGS, read_keys(REPLAY_KEYS))
local result = {}

-- The time of *member* in an index of a source. If the member was trimmed from it, it is added with the present time.
local function add_again(key, member)
  redis.call('ZADD', key, 'NX', now, member)
  return redis.call('ZSCORE', key, member)
end

for _, id in ipairs(read_rest()) do
  local key = call.delivery_prefix .. id
  local held = redis.call('HMGET', key, 'state', 'lane', 'target', 'event', 'source')
  if held[1] == 'dead' then
    redis.call('HSET', key, 'state', 'waiting', 'due', now)
    redis.call('HDEL', key, 'failures', 'pauses', 'crashes', 'losses', 'reason', 'settled', 'token')
    redis.call('ZREM', call.dead, id)
    remove_from_index('dead-of:' .. held[5], id)
    remove_from_index('dead-to:' .. held[3], id)
    redis.call('HDEL', call.alarmed, 'dead_letter ' .. held[3]) -- the next dead letter raises an alarm again
    keep(key, call.event_prefix .. held[4], indexes.lives_s)
    local score = add_again(call.deliveries_prefix .. held[5], id)
    add_to_target(held[3], score, id)
    add_to_state('open', score, id)
    score = add_again(call.events_prefix .. held[5], held[4])
    for name in each_index(redis.call('HGET', call.event_prefix .. held[4], 'indexes')) do
      add_to_index(name, score, held[4])
    end
    redis.call('ZADD', call.due_prefix .. held[2], now, id)
    redis.call('ZADD', call.lanes, 'LT', now, held[2])
    result[#result + 1] = id
  end
end
return result
