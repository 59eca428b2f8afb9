-- Discards dead letters: the deliveries stay visible, with who discarded them and why. Others stay as they are. Uses
-- the functions of `call` and `indexes`.
--
-- Reads  DISCARD_KEYS, DISCARD_ARGS, then the ids
-- Returns {id, ...}   those that were discarded

local DISCARD_KEYS = {'dead', 'alarmed'}
local DISCARD_ARGS = {'who', 'why', 'delivery_prefix'}

local call = read_args(DISCARD_ARGS, read_keys(DISCARD_KEYS))
local result = {}
for _, id in ipairs(read_rest()) do
  local key = call.delivery_prefix .. id
  local held = redis.call('HMGET', key, 'state', 'target', 'source', 'accepted')
  if held[1] == 'dead' then
    redis.call('HSET', key, 'state', 'discarded', 'settled', now, 'discarded_by', call.who, 'discarded_for', call.why)
    redis.call('ZREM', call.dead, id)
    remove_from_index('dead-of:' .. held[3], id)
    remove_from_index('dead-to:' .. held[2], id)
    add_to_index('discarded', held[4], id)
    redis.call('HDEL', call.alarmed, 'dead_letter ' .. held[2]) -- the next dead letter raises an alarm again
    result[#result + 1] = id
  end
end
return result
