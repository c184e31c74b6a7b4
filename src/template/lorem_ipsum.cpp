#include "template/lorem_ipsum.hpp"

#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "template/str_functions.hpp"
#include "template/value.hpp"

namespace sctl::jinja {
namespace {

constexpr std::string_view lorem_words =
    "a ac accumsan ad adipiscing aenean aliquam aliquet amet ante aptent arcu at auctor augue "
    "bibendum blandit class commodo condimentum congue consectetuer consequat conubia "
    "convallis cras cubilia cum curabitur curae cursus dapibus diam dictum dictumst dignissim "
    "dis dolor donec dui duis egestas eget eleifend elementum elit enim erat eros est et "
    "etiam eu euismod facilisi facilisis fames faucibus felis fermentum feugiat fringilla "
    "fusce gravida habitant habitasse hac hendrerit hymenaeos iaculis id imperdiet in "
    "inceptos integer interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula "
    "litora lobortis lorem luctus maecenas magna magnis malesuada massa mattis mauris metus "
    "mi molestie mollis montes morbi mus nam nascetur natoque nec neque netus nibh nisi nisl "
    "non nonummy nostra nulla nullam nunc odio orci ornare parturient pede pellentesque "
    "penatibus per pharetra phasellus placerat platea porta porttitor posuere potenti "
    "praesent pretium primis proin pulvinar purus quam quis quisque rhoncus ridiculus risus "
    "rutrum sagittis sapien scelerisque sed sem semper senectus sit sociis sociosqu sodales "
    "sollicitudin suscipit suspendisse taciti tellus tempor tempus tincidunt torquent tortor "
    "tristique turpis ullamcorper ultrices ultricies urna ut varius vehicula vel velit "
    "venenatis vestibulum vitae vivamus viverra volutpat vulputate ";

int64_t random_between(int64_t least, int64_t most) {
    if (most <= least)
        value_error({"empty range for randrange() (", least, ", ", most, ", ", most - least, ")"});
    return least + random() % (most - least);
}

String paragraph(const std::vector<std::string_view>& words, int64_t count) {
    String out;
    std::string_view last;
    int64_t last_comma = 0, last_full_stop = 0;
    bool capitalize = true;
    for (int64_t i = 0; i < count; i++) {
        std::string_view chosen = last;
        while (chosen == last) chosen = words[static_cast<size_t>(random()) % words.size()];
        last = chosen;
        if (i != 0) out += ' ';
        out += capitalize ? capitalized(chosen) : String(chosen);
        capitalize = false;
        if (i - random_between(3, 8) > last_comma) {
            last_comma = i;
            last_full_stop += 2;
            out += ',';
        }
        if (i - random_between(10, 20) > last_full_stop) {
            last_comma = last_full_stop = i;
            out += '.';
            capitalize = true;
        }
    }
    charge(out.size());
    if (out.ends_with(','))
        out.back() = '.';
    else if (!out.ends_with('.'))
        out += '.';
    return out;
}

} // namespace

String lorem_ipsum(int64_t paragraphs, bool html, int64_t least, int64_t most) {
    auto words = split(lorem_words);
    String out;
    for (int64_t i = 0; i < paragraphs; i++) {
        String text = paragraph(words, random_between(least, most));
        if (i != 0) out += html ? "\n" : "\n\n";
        out += html ? joined("<p>", text, "</p>") : text;
    }
    return out;
}

} // namespace sctl::jinja
