//! For tests only: fixture index, tiny pictures made on the fly, loopback servers.
