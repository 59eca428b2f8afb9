-- What every script begins with: the server's time, and KEYS and ARGV as tables whose fields have names.
--
-- A script reads its keys and arguments once, from the first to the last, in groups. Each group is a list of names at
-- the top of the script; the module of `gateway/store/` that calls it has a class with the same fields for each, and
-- a test compares the two.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) -- ms
local keys_read, args_read = 0, 0

local function read_keys(names, into)
  local group = into or {}
  for i = 1, #names do group[names[i]] = KEYS[keys_read + i] end
  keys_read = keys_read + #names
  return group
end

local function read_args(names, into)
  local group = into or {}
  for i = 1, #names do group[names[i]] = ARGV[args_read + i] end
  args_read = args_read + #names
  return group
end

local function read_key()
  keys_read = keys_read + 1
  return KEYS[keys_read]
end

local function read_arg()
  args_read = args_read + 1
  return ARGV[args_read]
end

-- All arguments that are left: ids, mostly.
local function read_rest()
  local rest = {}
  for i = args_read + 1, #ARGV do rest[#rest + 1] = ARGV[i] end
  args_read = #ARGV
  return rest
end
