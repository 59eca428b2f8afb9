-- Notes which format a program writes, and the oldest format whose programs can read that. The numbers never fall.
-- Uses the functions of `call`.
--
-- Reads  FORMAT_KEYS, FORMAT_ARGS
-- Returns 1

local FORMAT_KEYS = {'format'}
local FORMAT_ARGS = {'format', 'oldest_reader'}

local names = read_keys(FORMAT_KEYS)
local call = read_args(FORMAT_ARGS)
for _, field in ipairs(FORMAT_ARGS) do
  local stored = tonumber(redis.call('HGET', names.format, field) or '0')
  if tonumber(call[field]) > stored then redis.call('HSET', names.format, field, call[field]) end
end
return 1
