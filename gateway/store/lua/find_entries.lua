-- Walks an index from its newest entry to its oldest, a limited number of entries in each call, and finds those that
-- are in at least one index of each union and in none of the excluded indexes. Uses the functions of `call`.
--
-- Reads  FIND_ENTRIES_KEYS, FIND_ENTRIES_ARGS
--        unions x (number of indexes, key of each)
--        excluded x key of an index
-- Returns {number of entries that were looked at, time of the last of them, how many entries with this same time have
--          been looked at in this call and before, id, time, id, time, ...}   times in ms

local FIND_ENTRIES_KEYS = {'walked'}
-- newest, oldest: times (ms). passed_over: how many of the newest to skip. most: how many to look at after those.
-- by_event: '' when all indexes have the same ids; else the walked index has ids of deliveries, the others of events.
local FIND_ENTRIES_ARGS = {'newest', 'oldest', 'passed_over', 'most', 'by_event', 'unions', 'excluded'}
local EVENT_KEY_LENGTH = 24 -- the id of a delivery begins with the key of its event

local call = read_args(FIND_ENTRIES_ARGS, read_keys(FIND_ENTRIES_KEYS))
local ids = redis.call('ZRANGE', call.walked, call.newest, call.oldest, 'REV', 'BYSCORE', 'LIMIT', call.passed_over,
  call.most)
local looked_at, last = #ids, ids[#ids]
if looked_at == 0 then return {0, '', 0} end
local last_time = redis.call('ZSCORE', call.walked, last)
local newer = redis.call('ZCOUNT', call.walked, '(' .. last_time, '+inf')
local at_last = redis.call('ZREVRANK', call.walked, last) + 1 - newer

local members = ids
if call.by_event ~= '' then
  members = {}
  for i = 1, #ids do members[i] = string.sub(ids[i], 1, EVENT_KEY_LENGTH) end
end

-- Reduces the ids to those that an index has (*wanted* is true), or to the others. *times* has the time of each id in
-- that index, or false.
local function keep_only(times, wanted)
  local left_ids, left_members, left = {}, {}, 0
  for i = 1, #times do
    if (times[i] ~= false) == wanted then
      left = left + 1
      left_ids[left], left_members[left] = ids[i], members[i]
    end
  end
  ids, members = left_ids, left_members
end

local function look_up(key)
  return redis.call('ZMSCORE', key, unpack(members))
end

for _ = 1, call.unions do
  local times
  for number = 1, read_arg() do
    local key = read_key()
    if #ids > 0 and number == 1 then
      times = look_up(key)
    elseif #ids > 0 then
      for i, time in ipairs(look_up(key)) do times[i] = times[i] or time end
    end
  end
  keep_only(times or {}, true)
end
for _ = 1, call.excluded do
  local key = read_key()
  if #ids > 0 then keep_only(look_up(key), false) end
end
local result = {looked_at, last_time, at_last}
if #ids == 0 then return result end
for i, time in ipairs(redis.call('ZMSCORE', call.walked, unpack(ids))) do
  result[2 * i + 2], result[2 * i + 3] = ids[i], time
end
return result
