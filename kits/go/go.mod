module logitfuzz-kit

go 1.22
