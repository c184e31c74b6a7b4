#include "template/containers.hpp"

#include <algorithm>
#include <utility>

namespace sctl::jinja {
namespace {

bool same_key(const Value& a, const Value& b) {
    if (a.is_str() && b.is_str()) return a.text() == b.text();
    return identical(a, b) || equal(a, b);
}

} // namespace

void KeyTable::rebuild() {
    size_t size = 8;
    while (size < keys_.size() * 2) size *= 2;
    charge(size * sizeof(uint32_t));
    index_.assign(size, 0);
    for (size_t place = 0; place < keys_.size(); place++) {
        if (keys_[place].is_missing()) continue;
        size_t slot = hashes_[place] * 0x9e3779b97f4a7c15 >> 20 & (size - 1);
        while (index_[slot] != 0) slot = (slot + 1) & (size - 1);
        index_[slot] = static_cast<uint32_t>(place + 1);
    }
}

size_t KeyTable::find(const Value& key) const {
    uint64_t hash_of_key = hash(key);
    if (index_.empty()) return none;
    size_t mask = index_.size() - 1;
    for (size_t slot = hash_of_key * 0x9e3779b97f4a7c15 >> 20 & mask; index_[slot] != 0;
         slot = (slot + 1) & mask) {
        size_t place = index_[slot] - 1;
        if (hashes_[place] == hash_of_key && !keys_[place].is_missing() &&
            same_key(keys_[place], key))
            return place;
    }
    return none;
}

size_t KeyTable::find(std::string_view key) const {
    if (index_.empty()) return none;
    uint64_t hash_of_key = hash(key);
    size_t mask = index_.size() - 1;
    for (size_t slot = hash_of_key * 0x9e3779b97f4a7c15 >> 20 & mask; index_[slot] != 0;
         slot = (slot + 1) & mask) {
        size_t place = index_[slot] - 1;
        if (hashes_[place] == hash_of_key && keys_[place].is_str() && keys_[place].text() == key)
            return place;
    }
    return none;
}

size_t KeyTable::insert(const Value& key, bool& added) {
    size_t place = find(key);
    added = place == none;
    if (!added) return place;
    charge(sizeof(Value) + sizeof(uint64_t));
    keys_.push_back(key);
    hashes_.push_back(hash(key));
    live_++;
    place = keys_.size() - 1;
    if (keys_.size() * 2 > index_.size()) {
        rebuild();
        return place;
    }
    size_t mask = index_.size() - 1;
    size_t slot = hashes_[place] * 0x9e3779b97f4a7c15 >> 20 & mask;
    while (index_[slot] != 0) slot = (slot + 1) & mask;
    index_[slot] = static_cast<uint32_t>(place + 1);
    return place;
}

void KeyTable::erase(size_t place) {
    keys_[place] = Value::missing();
    live_--;
}

void KeyTable::clear() {
    keys_.clear();
    hashes_.clear();
    index_.clear();
    live_ = 0;
}

Value* Dict::get(const Value& key) {
    size_t place = find(key);
    return place == none ? nullptr : &values_[place];
}

Value* Dict::get(std::string_view key) {
    size_t place = find(key);
    return place == none ? nullptr : &values_[place];
}

void Dict::put(const Value& key, Value value) {
    bool added = false;
    size_t place = insert(key, added);
    if (added) {
        charge(sizeof(Value));
        values_.push_back(std::move(value));
    } else {
        values_[place] = std::move(value);
    }
}

void Dict::put(std::string_view key, Value value) {
    put(str(String(key)), std::move(value));
}

bool Dict::remove(const Value& key) {
    size_t place = find(key);
    if (place == none) return false;
    erase(place);
    values_[place] = Value();
    if (wants_compaction()) compact();
    return true;
}

void Dict::remove_all() {
    clear();
    values_.clear();
}

void Dict::compact() {
    size_t to = 0;
    for (size_t from = 0; from < keys_.size(); from++) {
        if (keys_[from].is_missing()) continue;
        std::swap(keys_[to], keys_[from]);
        std::swap(values_[to], values_[from]);
        hashes_[to++] = hashes_[from];
    }
    keys_.resize(to);
    values_.resize(to);
    hashes_.resize(to);
    rebuild();
}

void Set::add(const Value& key) {
    bool added = false;
    insert(key, added);
}

bool Set::remove(const Value& key) {
    size_t place = find(key);
    if (place == none) return false;
    erase(place);
    if (wants_compaction()) {
        size_t to = 0;
        for (size_t from = 0; from < keys_.size(); from++) {
            if (keys_[from].is_missing()) continue;
            std::swap(keys_[to], keys_[from]);
            hashes_[to++] = hashes_[from];
        }
        keys_.resize(to);
        hashes_.resize(to);
        rebuild();
    }
    return true;
}

namespace {

bool is_plain_number(const Value& value) {
    if (value.is(Kind::Tuple)) return std::ranges::all_of(value.items(), is_plain_number);
    return value.is_number();
}

// The table of a set of Python's: places by hash, nine in a row, then elsewhere.
class PythonSet {
  public:
    void add(const Value* key, uint64_t hash) {
        insert(key, hash);
        used_++;
        size_t mask = table_.size() - 1;
        if (used_ * 5 < mask * 3) return;
        size_t wanted = used_ > 50000 ? used_ * 2 : used_ * 4, size = 8;
        while (size <= wanted) size *= 2;
        Vector<Entry> old = std::exchange(table_, Vector<Entry>(size));
        for (const Entry& entry : old)
            if (entry.key) insert(entry.key, entry.hash);
    }
    void append_to(Values& out) const {
        for (const Entry& entry : table_)
            if (entry.key) out.push_back(*entry.key);
    }

  private:
    struct Entry {
        const Value* key = nullptr;
        uint64_t hash = 0;
    };

    void insert(const Value* key, uint64_t hash) {
        size_t mask = table_.size() - 1, place = hash & mask;
        for (uint64_t perturb = hash;;) {
            size_t last = place + 9 <= mask ? place + 9 : place;
            for (size_t i = place; i <= last; i++) {
                if (table_[i].key) continue;
                table_[i] = {key, hash};
                return;
            }
            perturb >>= 5;
            place = (place * 5 + 1 + perturb) & mask;
        }
    }

    Vector<Entry> table_ = Vector<Entry>(8);
    size_t used_ = 0;
};

} // namespace

Values Set::in_order() const {
    Values out;
    out.reserve(size());
    bool by_hash = std::ranges::all_of(
        keys_, [](const Value& key) { return key.is_missing() || is_plain_number(key); });
    PythonSet python;
    for (size_t place = 0; place < places(); place++) {
        if (keys_[place].is_missing()) continue;
        if (by_hash)
            python.add(&keys_[place], hashes_[place]);
        else
            out.push_back(keys_[place]);
    }
    if (by_hash) python.append_to(out);
    return out;
}

} // namespace sctl::jinja
