-- Shared by the scripts that keep the indexes of lists: sorted sets of event keys or delivery ids by the time (ms) of
-- their acceptance, which `keys.py` lists. Uses the functions of `call`. INDEX_ARGS are read first.

local INDEX_ARGS = {'lives_s', 'index_prefix', 'contacts_prefix'}

local indexes = read_args(INDEX_ARGS)
local prolonged = {} -- keys whose expiry this call has already moved

-- Lets a key live as long as its newest entry, in case no dispatcher trims it.
local function prolong(key, seconds)
  if prolonged[key] then return end
  prolonged[key] = true
  redis.call('EXPIRE', key, seconds)
end

local function add_to_index(name, score, member, seconds)
  local key = indexes.index_prefix .. name
  redis.call('ZADD', key, score, member)
  prolong(key, seconds or indexes.lives_s)
end

-- Adds a delivery to the index of a state that it will leave again; whoever changes the state takes it out.
local function add_to_state(name, score, id)
  redis.call('ZADD', indexes.index_prefix .. name, score, id)
end

local function remove_from_index(name, ...)
  redis.call('ZREM', indexes.index_prefix .. name, ...)
end

-- The names of the indexes that an event is in; *text* is the field `indexes` of its hash.
local function each_index(text)
  return string.gmatch(text or '', '%S+')
end

-- Stores a target with a slash among the targets of its place or person, so that a list of these includes it.
local function add_contact(target, seconds)
  local place = string.match(target, '^([^/]+)/')
  if not place then return end
  local key = indexes.contacts_prefix .. place
  redis.call('SADD', key, target)
  if prolonged[key] then return end
  prolonged[key] = true
  if redis.call('TTL', key) < tonumber(seconds) then redis.call('EXPIRE', key, seconds) end
end

local function add_to_target(target, score, id)
  add_to_index('target:' .. target, score, id)
  add_contact(target, indexes.lives_s)
end

-- Takes a delivery out of the index `held`, and returns its time there, or nil.
local function remove_held(id)
  local score = redis.call('ZSCORE', indexes.index_prefix .. 'held', id)
  if score then remove_from_index('held', id) end
  return score
end
