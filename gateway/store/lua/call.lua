-- Every script begins with this: the server's time, and functions that read KEYS and ARGV into tables with names.
--
-- A script reads its keys and arguments once, from the first to the last, in groups. Each group is a list of names at
-- the top of the script; the module of `gateway/store/` that calls it has a class with the same fields for each, and
-- a test compares the two. `script_source.py` writes the groups out as tables when the script is loaded, so that
-- `read_args` and `read_keys` are called only where a script does not name the group.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) -- ms
local keys_read, args_read = 0, 0
local KEYS, ARGV = KEYS, ARGV -- a local variable is quicker

-- The index of the first of the next *number* keys. These count as read from now on.
local function skip_keys(number)
  keys_read = keys_read + number
  return keys_read - number + 1
end

local function skip_args(number)
  args_read = args_read + number
  return args_read - number + 1
end

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

-- All arguments that have not been read; mostly ids.
local function read_rest()
  local rest = {}
  for i = args_read + 1, #ARGV do rest[#rest + 1] = ARGV[i] end
  args_read = #ARGV
  return rest
end
