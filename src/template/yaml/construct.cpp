// From nodes to values: PyYAML's SafeConstructor. A list or dict is made empty and filled when its
// turn comes, in the order in which they were met: so they may hold themselves, and of several
// errors the same one is found first.
#include <algorithm>

#include "template/containers.hpp"
#include "template/print.hpp"
#include "template/python_error.hpp"
#include "template/unicode.hpp"
#include "template/yaml/yaml.hpp"
#include "template/yaml/yaml_node.hpp"

namespace sctl::jinja {
namespace {

// What merge keys may add in all.
constexpr size_t most_merged = 2'000'000;

bool is_hashable(const Value& value) {
    return !value.is(Kind::List) && !value.is(Kind::Dict) && !value.is(Kind::Set);
}

class YamlConstructor {
  public:
    explicit YamlConstructor(std::string_view file) : file_(file), complaint_(file) {}

    Value document(YamlNode& root) {
        Value made = make(root);
        for (size_t i = 0; i < unfilled_.size(); i++) fill(*unfilled_[i]);
        return made;
    }

  private:
    const Value& make(YamlNode& node) {
        if (node.is_made) return node.value;
        node.value = new_value(node);
        node.is_made = true;
        return node.value;
    }
    Value empty(YamlNode& node, Value value) {
        unfilled_.push_back(&node);
        return value;
    }
    Value new_value(YamlNode& node);
    Value scalar_value(YamlNode& node);
    void fill(YamlNode& node);

    [[noreturn]] void fail(std::string_view problem, const YamlNode& node) const {
        complaint_.fail("ConstructorError", problem, node.mark);
    }
    [[noreturn]] void fail(std::string_view context, const YamlNode& outer,
                           std::string_view problem, const YamlNode& node) const {
        complaint_.fail("ConstructorError", context, outer.mark, problem, node.mark);
    }
    const String& scalar_text(const YamlNode& node) const;
    Value binary(const YamlNode& node) const;
    void flatten(YamlNode& node);
    void merge_from(YamlNode& from, Vector<YamlNode*>& merged);
    void merge_all(const YamlNode& node, YamlNode& value, Vector<YamlNode*>& merged);
    void fill_list(YamlNode& node);
    void fill_pairs(YamlNode& node, std::string_view doing);
    void fill_mapping(YamlNode& node);

    std::string_view file_;
    YamlComplaint complaint_;
    Vector<YamlNode*> unfilled_;
    size_t merged_ = 0;
};

Value YamlConstructor::new_value(YamlNode& node) {
    switch (node.tag) {
        case YamlTag::Seq:
        case YamlTag::Omap:
        case YamlTag::Pairs: return empty(node, list());
        case YamlTag::Map: return empty(node, dict());
        case YamlTag::Set: return empty(node, set());
        case YamlTag::Other:
        case YamlTag::Merge:
        case YamlTag::Value:
            fail(
                joined("could not determine a constructor for the tag ", str_repr(node.tag_text())),
                node);
        default: break;
    }
    try {
        return scalar_value(node);
    } catch (PythonError& error) {
        // One of Python's own does not know where it is.
        if (error.lines.empty())
            error.lines.push_back({String(file_), {}, static_cast<int>(node.mark.line) + 1});
        throw;
    }
}

Value YamlConstructor::scalar_value(YamlNode& node) {
    const String& text = scalar_text(node);
    switch (node.tag) {
        case YamlTag::Null: return yaml_null();
        case YamlTag::Bool: return yaml_bool(text);
        case YamlTag::Int: return yaml_int(text);
        case YamlTag::Float: return yaml_float(text);
        case YamlTag::Binary: return binary(node);
        case YamlTag::Timestamp:
            if (node.sort == YamlNode::Sort::Scalar) return yaml_timestamp(text);
            raise("TypeError", "expected string or bytes-like object, got 'list'");
        default:
            return node.sort == YamlNode::Sort::Scalar ? Value(Kind::Str, node.scalar)
                                                       : str(String(text));
    }
}

// A mapping stands for the value of its key "=".
const String& YamlConstructor::scalar_text(const YamlNode& node) const {
    Depth guard(" while calling a Python object");
    if (node.sort == YamlNode::Sort::Scalar) return node.scalar->text;
    if (node.sort == YamlNode::Sort::Mapping)
        for (size_t i = 0; i < node.children.size(); i += 2)
            if (node.children[i]->tag == YamlTag::Value) return scalar_text(*node.children[i + 1]);
    fail(joined("expected a scalar node, but found ", node.sort_name()), node);
}

Value YamlConstructor::binary(const YamlNode& node) const {
    const String& text = scalar_text(node);
    for (size_t at = 0, position = 0; at < text.size(); position++) {
        char32_t c = next_char(text, at);
        if (c < 0x80) continue;
        size_t last = position;
        while (at < text.size() && next_char(text, at) >= 0x80) last++;
        char where[80];
        if (last > position)
            snprintf(where, sizeof where, "characters in position %zu-%zu", position, last);
        else
            snprintf(where, sizeof where, "character '\\%c%0*x' in position %zu",
                     c < 0x100     ? 'x'
                     : c < 0x10000 ? 'u'
                                   : 'U',
                     c < 0x100     ? 2
                     : c < 0x10000 ? 4
                                   : 8,
                     static_cast<unsigned>(c), position);
        fail(joined("failed to convert base64 data into ascii: 'ascii' codec can't encode ", where,
                    ": ordinal not in range(128)"),
             node);
    }
    try {
        return yaml_binary(text);
    } catch (const PythonError& error) {
        fail(joined("failed to decode base64 data: ", error.message), node);
    }
}

void YamlConstructor::merge_from(YamlNode& from, Vector<YamlNode*>& merged) {
    flatten(from);
    merged_ += from.children.size() / 2;
    if (merged_ > most_merged) fail("merge keys make too much of it", from);
    merged.insert(merged.end(), from.children.begin(), from.children.end());
}

void YamlConstructor::merge_all(const YamlNode& node, YamlNode& value, Vector<YamlNode*>& merged) {
    constexpr std::string_view doing = "while constructing a mapping";
    if (value.sort == YamlNode::Sort::Mapping) return merge_from(value, merged);
    if (value.sort == YamlNode::Sort::Scalar)
        fail(doing, node, "expected a mapping or list of mappings for merging, but found scalar",
             value);
    // The first one's keys win, so they come last.
    Vector<Vector<YamlNode*>> parts;
    for (YamlNode* part : value.children) {
        if (part->sort != YamlNode::Sort::Mapping)
            fail(doing, node,
                 joined("expected a mapping for merging, but found ", part->sort_name()), *part);
        merge_from(*part, parts.emplace_back());
    }
    for (size_t i = parts.size(); i-- > 0;)
        merged.insert(merged.end(), parts[i].begin(), parts[i].end());
}

// Puts what its merge keys name before the mapping's own keys. Each merge key is gone before what
// it names is looked at: so a mapping may be merged into itself, and the order is PyYAML's.
void YamlConstructor::flatten(YamlNode& node) {
    Depth guard(" while calling a Python object");
    Vector<YamlNode*> merged;
    for (size_t i = 0; i < node.children.size();) {
        YamlTag& tag = node.children[i]->tag;
        if (tag == YamlTag::Value) tag = YamlTag::Str;
        if (tag != YamlTag::Merge) {
            i += 2;
            continue;
        }
        YamlNode& value = *node.children[i + 1];
        auto at = node.children.begin() + static_cast<ptrdiff_t>(i);
        charge((node.children.size() - i) * sizeof(YamlNode*));
        node.children.erase(at, at + 2);
        merge_all(node, value, merged);
    }
    if (!merged.empty()) node.children.insert(node.children.begin(), merged.begin(), merged.end());
}

void YamlConstructor::fill(YamlNode& node) {
    switch (node.tag) {
        case YamlTag::Seq: return fill_list(node);
        case YamlTag::Omap: return fill_pairs(node, "while constructing an ordered map");
        case YamlTag::Pairs: return fill_pairs(node, "while constructing pairs");
        default: return fill_mapping(node);
    }
}

void YamlConstructor::fill_list(YamlNode& node) {
    if (node.sort != YamlNode::Sort::Sequence)
        fail(joined("expected a sequence node, but found ", node.sort_name()), node);
    Values& items = node.value.items();
    items.reserve(node.children.size());
    for (YamlNode* child : node.children) items.push_back(make(*child));
}

void YamlConstructor::fill_pairs(YamlNode& node, std::string_view doing) {
    if (node.sort != YamlNode::Sort::Sequence)
        fail(doing, node, joined("expected a sequence, but found ", node.sort_name()), node);
    for (YamlNode* child : node.children) {
        if (child->sort != YamlNode::Sort::Mapping)
            fail(doing, node,
                 joined("expected a mapping of length 1, but found ", child->sort_name()), *child);
        if (child->children.size() != 2)
            fail(doing, node,
                 joined("expected a single mapping item, but found ", child->children.size() / 2,
                        " items"),
                 *child);
        Value key = make(*child->children[0]);
        node.value.items().push_back(tuple({key, make(*child->children[1])}));
    }
}

void YamlConstructor::fill_mapping(YamlNode& node) {
    if (node.sort != YamlNode::Sort::Mapping)
        fail(joined("expected a mapping node, but found ", node.sort_name()), node);
    flatten(node);
    for (size_t i = 0; i < node.children.size(); i += 2) {
        const Value& key = make(*node.children[i]);
        if (!is_hashable(key))
            fail("while constructing a mapping", node, "found unhashable key", *node.children[i]);
        const Value& value = make(*node.children[i + 1]);
        if (node.tag == YamlTag::Set)
            node.value.set().add(key);
        else
            node.value.dict().put(key, value);
    }
}

} // namespace

Value load_yaml(std::string_view text, std::string_view name) {
    YamlNode* root = compose_yaml(text, name);
    return root ? YamlConstructor(name).document(*root) : Value();
}

Result<Value> read_yaml(std::string_view text, std::string_view name) {
    try {
        return load_yaml(text, name);
    } catch (const PythonError& error) {
        String where(name);
        if (!error.lines.empty()) where += joined(":", error.lines[0].line);
        bool has_place = error.message.find("\n  in \"") != error.message.npos;
        String type = has_place ? String() : joined(error.type, ": ");
        return Error{0, std::string(joined(where, ": ", type, error.message)), {}};
    } catch (const std::bad_alloc&) {
        return Error{ENOMEM, std::string(joined(name, ": out of memory")), {}};
    }
}

} // namespace sctl::jinja
