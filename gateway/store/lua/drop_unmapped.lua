-- Removes bodies of a source that no mapping could use: those with the given ids, or those that came before a time.
-- Uses the functions of `call`.
--
-- Reads  DROP_UNMAPPED_KEYS, DROP_UNMAPPED_ARGS, then ids
-- Returns how many were removed

local DROP_UNMAPPED_KEYS = {'bodies', 'sizes'}
-- before_ms: bodies that came before it are removed, at most *most* of them; '' when there are ids.
local DROP_UNMAPPED_ARGS = {'source', 'before_ms', 'most', 'entry_prefix'}

local call = read_args(DROP_UNMAPPED_ARGS, read_keys(DROP_UNMAPPED_KEYS))
local ids = read_rest()
if call.before_ms ~= '' then
  ids = redis.call('ZRANGE', call.bodies, '-inf', '(' .. call.before_ms, 'BYSCORE', 'LIMIT', 0, call.most)
end
local removed = 0
for _, id in ipairs(ids) do
  if redis.call('ZREM', call.bodies, id) == 1 then
    local entry = call.entry_prefix .. id
    redis.call('HINCRBY', call.sizes, call.source, -tonumber(redis.call('HGET', entry, 'size') or '0'))
    redis.call('UNLINK', entry)
    removed = removed + 1
  end
end
-- Also corrects a sum that is too high because an entry had expired before it was removed here.
if redis.call('EXISTS', call.bodies) == 0 then redis.call('HDEL', call.sizes, call.source) end
return removed
