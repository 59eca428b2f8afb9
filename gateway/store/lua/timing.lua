-- What events do to time: functions for the scripts that are named after this one when they are loaded.
--
-- timer:<id> is a hash: type, source, at (ms), version, record (JSON), data (JSON of the event that set it),
-- family (key of a set, or ''), looked (ms; after the first look), u:<event type> (time in ms, blank, JSON
-- data that is newer). Each function takes the time, the key of the tokens' counter, the event's data and
-- its arguments `a`, and returns what became of it: one word. A timer that is done keeps only `at` for a
-- while: the same moment, told again, is not new.

local function remove_timer(zset, timer_key, id)
  local family = redis.call('HGET', timer_key, 'family')
  if family and family ~= '' then redis.call('SREM', family, id) end
  redis.call('ZREM', zset, id)
  return redis.call('DEL', timer_key)
end

local function add_timer(tokens, zset, timer_key, id, look_at, fields)
  redis.call('DEL', timer_key)
  redis.call('HSET', timer_key, 'version', redis.call('INCR', tokens), unpack(fields))
  redis.call('ZADD', zset, look_at, id)
end

local timing = {}

-- a: timers:<type>, timer:<id>, id, timers-of:<family> or '', type, source, at, first look, record
function timing.set(now, tokens, data, a)
  local at = redis.call('HGET', a[2], 'at')
  if at == a[7] then
    if not redis.call('ZSCORE', a[1], a[3]) then return 'done' end
    for _, field in ipairs(redis.call('HKEYS', a[2])) do
      if string.sub(field, 1, 2) == 'u:' then redis.call('HDEL', a[2], field) end
    end
    redis.call('HSET', a[2], 'record', a[9], 'data', data)
    return 'kept'
  end
  local fields = {'type', a[5], 'source', a[6], 'at', a[7], 'record', a[9], 'data', data, 'family', a[4]}
  add_timer(tokens, a[1], a[2], a[3], math.max(now, tonumber(a[8])), fields)
  if a[4] ~= '' then redis.call('SADD', a[4], a[3]) end
  return at and 'moved' or 'set'
end

-- a: prefix of timer keys, id, timers-of:<family>, event type
function timing.update(now, _, data, a)
  local ids = redis.call('SMEMBERS', a[3])
  ids[#ids + 1] = a[2]
  local result = 'none'
  for _, id in ipairs(ids) do
    if redis.call('HEXISTS', a[1] .. id, 'record') == 1 then
      redis.call('HSET', a[1] .. id, 'u:' .. a[4], now .. ' ' .. data)
      result = 'updated'
    end
  end
  return result
end

-- a: timers:<type>, prefix of timer keys, id, timers-of:<family> or '' for this id alone
function timing.cancel(_, _, _, a)
  local family = a[4] ~= '' and a[4] or a[2] .. a[3]
  if redis.call('EXISTS', family, a[2] .. a[3]) == 0 then return 'none' end -- mostly there is none
  local ids = a[4] ~= '' and redis.call('SMEMBERS', a[4]) or {}
  ids[#ids + 1] = a[3]
  local result = 'none'
  for _, id in ipairs(ids) do
    if redis.call('ZSCORE', a[1], id) then result = 'cancelled' end
    remove_timer(a[1], a[2] .. id, id)
  end
  return result
end

-- a: threshold:<family>, side, timers:<type>, timer:<id>, id, type, source, record
function timing.cross(now, tokens, data, a)
  if a[2] == 'above' then
    return redis.call('DEL', a[1]) == 1 and 'armed' or 'none'
  elseif a[2] ~= 'crossed' then
    return 'none'
  elseif not redis.call('SET', a[1], 'gateway', 'NX') then
    return 'done'
  end
  local fields = {'type', a[6], 'source', a[7], 'at', now, 'record', a[8], 'data', data, 'family', ''}
  add_timer(tokens, a[3], a[4], a[5], now, fields)
  return 'set'
end

-- a: open:<family>, items:<family>, member, since, item, timers:<type>, timer:<id>, id, type, source,
--    next look, record
function timing.open(_, tokens, _, a)
  local is_new = redis.call('ZADD', a[1], 'NX', a[4], a[3]) == 1
  redis.call('HSET', a[2], a[3], a[5])
  if not redis.call('ZSCORE', a[6], a[8]) then
    local fields = {'type', a[9], 'source', a[10], 'at', a[11], 'record', a[12], 'data', '{}', 'family', ''}
    add_timer(tokens, a[6], a[7], a[8], a[11], fields)
  end
  return is_new and 'set' or 'kept'
end

-- a: open:<family>, items:<family>, member
function timing.close(_, _, _, a)
  redis.call('HDEL', a[2], a[3])
  return redis.call('ZREM', a[1], a[3]) == 1 and 'cancelled' or 'none'
end

-- a: held:<hash>, delivery id, seconds to live
function timing.hold(_, _, _, a)
  redis.call('SADD', a[1], a[2])
  redis.call('EXPIRE', a[1], a[3])
  return 'held'
end

-- a: held:<hash>, prefix of delivery keys, prefix of due keys, id of the event that drops
function timing.drop(now, _, _, a)
  local result = 'none'
  for _, id in ipairs(redis.call('SMEMBERS', a[1])) do
    local delivery = redis.call('HMGET', a[2] .. id, 'state', 'lane')
    if delivery[1] == 'held' then
      redis.call('HSET', a[2] .. id, 'state', 'dropped', 'settled', now, 'dropped_by', a[4])
      redis.call('ZREM', a[3] .. delivery[2], id)
      result = 'dropped'
    end
  end
  redis.call('DEL', a[1])
  return result
end

-- Takes a look at a timer into account: it is due again at *next* (ms), or done when that is ''.
local function advance_timer(zset, timer_key, id, next, looked, retention)
  if next ~= '' then
    redis.call('HSET', timer_key, 'looked', looked)
    redis.call('ZADD', zset, next, id)
    return
  end
  local at = redis.call('HGET', timer_key, 'at')
  remove_timer(zset, timer_key, id)
  redis.call('HSET', timer_key, 'at', at)
  redis.call('EXPIRE', timer_key, retention)
end

-- Whether somebody else has told of an occasion: the name of who did. Remembers it as told by us.
local function tell(kind, key, who, seconds)
  local told = redis.call('GET', key)
  if kind == 'threshold' then
    redis.call('SET', key, 'source')
    return told == 'gateway' and told
  end
  if not told then redis.call('SET', key, who, 'EX', seconds) end
  return told
end
