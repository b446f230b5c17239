local life, seq = write(ARGV[6], ARGV[7])
return { life, seq }
