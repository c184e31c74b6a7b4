// What a text of YAML is before it is values: nodes, each with its tag and its place.
#pragma once

#include <cstdint>
#include <string_view>

#include "template/memory.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// The tags of YAML 1.1, "tag:yaml.org,2002:NAME", and all others.
enum class YamlTag : uint8_t {
    Binary,
    Bool,
    Float,
    Int,
    Map,
    Merge,
    Null,
    Omap,
    Pairs,
    Seq,
    Set,
    Str,
    Timestamp,
    Value,
    Other
};

[[nodiscard]] YamlTag yaml_tag(std::string_view tag);
// What a plain word is by the way it looks.
[[nodiscard]] YamlTag tag_of_plain(std::string_view text);

struct YamlMark {
    uint32_t line = 0, column = 0; // from 0
    bool operator==(const YamlMark&) const = default;
};

struct YamlNode {
    enum class Sort : uint8_t { Scalar, Sequence, Mapping } sort = Sort::Scalar;
    YamlTag tag = YamlTag::Str;
    bool is_made = false;
    YamlMark mark;
    Str* scalar = nullptr; // of a scalar its text
    // Of a sequence the items; of a mapping a key and its value in turn.
    Vector<YamlNode*> children;
    Str* other_tag = nullptr; // where `tag` is Other
    jinja::Value value;

    [[nodiscard]] const char* sort_name() const {
        return sort == Sort::Scalar ? "scalar" : sort == Sort::Sequence ? "sequence" : "mapping";
    }
    // As it was written, or as it was found.
    [[nodiscard]] String tag_text() const;
};

// Null where there is no document. Throws PythonError, as PyYAML's parser and composer do.
[[nodiscard]] YamlNode* compose_yaml(std::string_view text, std::string_view name);

// The value of a scalar that has one of the tags for which there is a rule: `text` is the node's.
[[nodiscard]] Value yaml_null();
[[nodiscard]] Value yaml_bool(std::string_view text);
[[nodiscard]] Value yaml_int(std::string_view text);
[[nodiscard]] Value yaml_float(std::string_view text);
[[nodiscard]] Value yaml_timestamp(std::string_view text);
// ValueError with the reason where it is no base64.
[[nodiscard]] Value yaml_binary(std::string_view text);

// MarkedYAMLError of PyYAML.
class YamlComplaint {
  public:
    explicit YamlComplaint(std::string_view file) : file_(file) {}
    [[noreturn]] void fail(std::string_view type, std::string_view problem, YamlMark where) const;
    [[noreturn]] void fail(std::string_view type, std::string_view context, YamlMark context_mark,
                           std::string_view problem, YamlMark where) const;

  private:
    [[nodiscard]] String place(YamlMark mark) const;
    std::string_view file_;
};

} // namespace sctl::jinja
