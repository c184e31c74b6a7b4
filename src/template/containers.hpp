// dict and set: in the order of insertion, looked up by hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "template/value.hpp"

namespace sctl::jinja {

// Where which key is: the part that dict and set share. Places of keys that were taken out stay
// empty (Missing) until there are many.
class KeyTable {
  public:
    static constexpr size_t none = SIZE_MAX;

    // The place of the key, or `none`. Throws where it cannot be hashed.
    [[nodiscard]] size_t find(const Value& key) const;
    [[nodiscard]] size_t find(std::string_view key) const;
    // The place of the key, which is put at the end if it is new; `added` says which.
    size_t insert(const Value& key, bool& added);
    void erase(size_t place);
    void clear();
    [[nodiscard]] size_t size() const { return live_; }
    // How many places there are, empty ones included.
    [[nodiscard]] size_t places() const { return keys_.size(); }
    // Missing where the place is empty.
    [[nodiscard]] const Value& key(size_t place) const { return keys_[place]; }
    [[nodiscard]] uint64_t hash_at(size_t place) const { return hashes_[place]; }

  protected:
    void rebuild();
    // Drops empty places where most are empty. True when places have moved.
    bool wants_compaction() const { return keys_.size() > 32 && live_ * 2 < keys_.size(); }

    Values keys_;
    Vector<uint64_t> hashes_;
    Vector<uint32_t> index_; // place + 1, or 0; its size is a power of two
    size_t live_ = 0;
};

struct Dict : Object, KeyTable {
    // Null where there is none.
    [[nodiscard]] Value* get(const Value& key);
    [[nodiscard]] Value* get(std::string_view key);
    // The last value for a key wins, the key's place is that of its first.
    void put(const Value& key, Value value);
    void put(std::string_view key, Value value);
    // False where there was none.
    bool remove(const Value& key);
    void remove_all();
    [[nodiscard]] Value& value(size_t place) { return values_[place]; }

  private:
    void compact();
    Values values_;
};

struct Set : Object, KeyTable {
    void add(const Value& key);
    bool remove(const Value& key);
    // The items in the order in which Python would hand them out, where that does not depend on
    // the secret of the process (numbers); else in the order of insertion.
    [[nodiscard]] Values in_order() const;
};

} // namespace sctl::jinja
