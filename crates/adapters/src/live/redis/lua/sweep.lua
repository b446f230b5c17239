local visitors, agents, most = ARGV[6], ARGV[7], ARGV[8]
local gone = { {}, {} }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'ix:v:seen', '-inf', '(' .. visitors, 'LIMIT', 0, most)) do
  local ghost = remove_visitor(id)
  if ghost then gone[1][#gone[1] + 1] = flat(ghost) end
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', base .. 'ix:a:seen', '-inf', '(' .. agents, 'LIMIT', 0, most)) do
  local ghost = remove_agent(int(tonumber(member)))
  if ghost then gone[2][#gone[2] + 1] = flat(ghost) else redis.call('ZREM', base .. 'ix:a:seen', member) end
end
return gone
